"""Instansi: an agency's own jobs, nobody else's; done work waits for another person's look."""
