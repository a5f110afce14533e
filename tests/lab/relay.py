#!/usr/bin/python3
"""A TCP relay that can speak the PROXY protocol (v1, v2) as private link of a cloud does, and that can lie.

usage: relay.py LISTEN UPSTREAM [--version 1|2] [--tlv TYPE=HEX]... [--source A:P] [--destination A:P]
                [--checksum good|bad] [--local]

LISTEN and UPSTREAM are ADDRESS:PORT. Without --version it only relays, as a jump host does. --source and --destination
are what the header names (default: the truth). Prints `ready` when it listens.
"""
import argparse
import ipaddress
import socket
import struct
import threading

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PP2_CRC32C, AZURE, AWS, GOOGLE = 0x03, 0xEE, 0xEA, 0xE0


def azure(link_id):
    """PP2_TYPE_AZURE: subtype 1, the LinkID as 32 bits, least significant byte first."""
    return AZURE, b"\x01" + struct.pack("<I", link_id)


def aws(endpoint):
    """PP2_TYPE_AWS: subtype 1, the id of the VPC endpoint."""
    return AWS, b"\x01" + endpoint.encode()


def google(connection):
    """The id of a Private Service Connect connection: 64 bits in network byte order."""
    return GOOGLE, struct.pack(">Q", connection)


def crc32c(data):
    """RFC 3720, appendix B.4, bit by bit: headers are short."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def header_v1(source, destination):
    family = "TCP6" if ":" in source[0] else "TCP4"
    return f"PROXY {family} {source[0]} {destination[0]} {source[1]} {destination[1]}\r\n".encode()


def header_v2(source, destination, tlvs=(), checksum=None, local=False):
    """`checksum`: None, "good" or "bad"; tlvs: (type, bytes)."""
    ends = [ipaddress.ip_address(end[0]) for end in (source, destination)]
    body = b"".join(end.packed for end in ends) + struct.pack(">HH", source[1], destination[1])
    body += b"".join(struct.pack(">BH", kind, len(value)) + value for kind, value in tlvs)
    if checksum:
        body += struct.pack(">BHI", PP2_CRC32C, 4, 0)
    whole = SIGNATURE + struct.pack(">BBH", 0x20 if local else 0x21, 0x11 if ends[0].version == 4 else 0x21,
                                    len(body)) + body
    if checksum:
        whole = whole[:-4] + struct.pack(">I", crc32c(whole) ^ (checksum == "bad"))
    return whole


def pump(reader, writer):
    try:
        while data := reader.recv(65536):
            writer.sendall(data)
        writer.shutdown(socket.SHUT_WR)
    except OSError:
        writer.close()


def serve(client, peer, options):
    with client, socket.create_connection(options.upstream, 10) as upstream:
        upstream.settimeout(None)
        source, destination = options.source or peer[:2], options.destination or client.getsockname()[:2]
        if options.version == 1:
            upstream.sendall(header_v1(source, destination))
        elif options.version == 2:
            upstream.sendall(header_v2(source, destination, options.tlv, options.checksum, options.local))
        back = threading.Thread(target=pump, args=(upstream, client), daemon=True)
        back.start()
        pump(client, upstream)
        back.join()


def endpoint(text):
    address, _, port = text.rpartition(":")
    return address.strip("[]"), int(port)


def tlv(text):
    kind, _, value = text.partition("=")
    return int(kind, 0), bytes.fromhex(value)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("listen", type=endpoint)
    arguments.add_argument("upstream", type=endpoint)
    arguments.add_argument("--version", type=int, choices=(1, 2))
    arguments.add_argument("--tlv", type=tlv, action="append", default=[])
    arguments.add_argument("--source", type=endpoint)
    arguments.add_argument("--destination", type=endpoint)
    arguments.add_argument("--checksum", choices=("good", "bad"))
    arguments.add_argument("--local", action="store_true")
    options = arguments.parse_args()
    family = socket.AF_INET6 if ":" in options.listen[0] else socket.AF_INET
    with socket.create_server(options.listen, family=family) as listener:
        print("ready", flush=True)
        while True:
            threading.Thread(target=serve, args=(*listener.accept(), options), daemon=True).start()


if __name__ == "__main__":
    main()
