"""The page of one wifi hotspot: does it work, how often it did, and where to say that it is off."""
