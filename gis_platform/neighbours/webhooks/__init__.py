"""Webhooks out: signed messages to the addresses that an administrator entered."""
