"""JSON web tokens by hand, with openssl: right ones, and such as a forger would make."""
import base64
import hashlib
import hmac
import json
import subprocess


def encoded(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_key(path):
    """An RSA key in a PEM file; returns the file."""
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


def public_pem(key):
    return subprocess.run(["openssl", "rsa", "-in", key, "-pubout"], check=True, capture_output=True).stdout


def jwk(key, kid):
    """The public half as a JSON web key."""
    shown = subprocess.run(["openssl", "rsa", "-in", key, "-noout", "-modulus"], check=True, capture_output=True,
                           text=True).stdout
    modulus = bytes.fromhex(shown.strip().removeprefix("Modulus="))
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": encoded(modulus),
            "e": encoded(b"\x01\x00\x01")}


def signed(key, header, payload):
    """RS256, whatever the header says."""
    text = f"{encoded(header)}.{encoded(payload)}"
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], check=True, input=text.encode(),
                               capture_output=True).stdout
    return f"{text}.{encoded(signature)}"


def hmac_signed(secret, header, payload):
    """HS256; `payload` may be encoded already."""
    text = f"{encoded(header)}.{payload if isinstance(payload, str) else encoded(payload)}"
    return f"{text}.{encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"
