"""The sample cities are what their README says."""
