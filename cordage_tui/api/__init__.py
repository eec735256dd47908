"""HTTP client of the Cordage API: decoding, rate limit, error tree."""
