"""The life of a report: two doors (`report`, `move`), its states as data, its history."""
