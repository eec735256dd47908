"""The wire: client, decoding, pacing by the rate-limit headers, the error tree."""
