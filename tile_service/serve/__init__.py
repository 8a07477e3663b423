"""The raw tile server: ASGI, psycopg2 and the catalogue; neither Django nor layers."""
