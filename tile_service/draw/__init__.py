"""Pictures drawn by the server; imports neither django nor layers."""
