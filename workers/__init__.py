"""The Dramatiq side: broker, consumer, middleware, actors. It may import app, never web."""
