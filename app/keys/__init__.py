"""The keys that seal personal data: which columns hang on them, and changing them on line."""
