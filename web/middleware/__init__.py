"""What a request meets before its handler.

In this order: drain_body, request_log, rate_limit (headers), authentication, rate_limit (refusals), csrf.
"""
