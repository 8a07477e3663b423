"""The only code that opens a stranger's file; it runs in a limited child process.

It imports no Django, talks to no database and writes only into its job folder: rows.jsonl
(accepted rows), report.json (codes, never sentences), and for photos the re-encoded pictures.
"""
