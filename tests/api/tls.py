"""A certificate that no one trusts: self-signed, for 127.0.0.1, made for these tests and of no other use."""

import ssl
from pathlib import Path

PEM = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtQEuXOaX/WcqikUy
eqlEUz1FU+6jKYOEGHajapOTpsChRANCAATnQMUPy+daiCwslza2YE4lkCgD/zX+
K9emn2aJp3/Cs1dCdF/xQtKl7C/HEK52eTDy+gjtisv3QXOMT83rCmoV
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBkTCCATagAwIBAgIUAmyQ7OfxuHEDpzHdq3builvGkuAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNDE2MjcwN1oYDzIxMjYxMDMx
MTYyNzA3WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATnQMUPy+daiCwslza2YE4lkCgD/zX+K9emn2aJp3/Cs1dCdF/xQtKl
7C/HEK52eTDy+gjtisv3QXOMT83rCmoVo2QwYjAdBgNVHQ4EFgQUMRVsvsWPCWDJ
+VVdE5G8+hGFp4UwHwYDVR0jBBgwFoAUMRVsvsWPCWDJ+VVdE5G8+hGFp4UwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
IQCKs8yh6VDEqOXt6ahO2xdzoxzV2+WQkgNeQiyJ9VqcHAIhAOP4wafK5gTANqep
CtHBi473hDq1w8W/tIn75FiuYSQ8
-----END CERTIFICATE-----
"""


def server_context(folder: Path) -> ssl.SSLContext:
    """Return the TLS context of a server with that certificate; `folder` is for the file that the standard library
    needs."""
    path = folder / "untrusted.pem"
    path.write_text(PEM)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
