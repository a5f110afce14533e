"""HTTP below http.client: byte for byte what a test wants to send, and what came back."""

import http.client
import io
import socket

from registry import Response


class RawConnection:
    def __init__(self, port, timeout=20, authorization=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.port = port
        self.signed = [f"Authorization: {authorization}"] if authorization else []
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """False when the server has closed already."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def head(self, method, target, *headers):
        """Sends a request line and header with a right Host and the credential."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: localhost:{self.port}", *self.signed,
                 *headers, "", ""]
        return self.send("\r\n".join(lines).encode("latin-1"))

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.buffer += data
        return bool(data)

    def response(self, method="GET"):
        """The next response, `100 Continue` included; None when the server closed instead."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                return None
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        line, _, rest = head.partition(b"\r\n")
        status = int(line.split()[1])
        headers = http.client.parse_headers(io.BytesIO(rest + b"\r\n\r\n"))
        bodyless = method == "HEAD" or status < 200 or status in (204, 304)
        length = 0 if bodyless else int(headers.get("Content-Length", 0))
        while len(self.buffer) < length:
            if not self._more():
                break
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Response(f"raw {method}", status, headers, body)

    def closed(self):
        """Waits until the server closes; anything it still sends is dropped."""
        while self._more():
            pass
        return True


def exchange(server, data):
    """Sends `data` with the credential behind its first line, on a connection of its own, and
    returns the first response."""
    with RawConnection(server.port) as connection:
        line, end, rest = data.partition(b"\r\n")
        connection.send(line + end + f"Authorization: {server.basic()}\r\n".encode() + rest)
        return connection.response()
