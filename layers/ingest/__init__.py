"""Ways in: a stranger's file is read by a limited child, previewed, then loaded whole or not."""
