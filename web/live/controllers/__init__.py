"""The event streams: of the API as JSON, of the pages as their own partials."""
