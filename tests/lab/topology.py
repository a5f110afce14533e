"""The addresses of the lab, all of documentation or private ranges, and the router between its places.

    pub      198.51.100.10          somewhere on the Internet                        public names
    a        10.10.1.10             subnet A, behind NAT as 198.51.100.201           private names
    b        10.10.2.10             subnet B, behind NAT as 198.51.100.202, or with  private names
                                    a service endpoint: its own address
    proxy    10.10.3.10             squid, port 3128; NAT as 198.51.100.203          private names
    jump     10.10.4.10             a jump host; NAT as 198.51.100.204               private names
    services 10.20.0.10 .70 .130 .200   cloud services, never behind NAT             public names
    edge     203.0.113.130- and 10.30.0.10   what stands in front of the registry: HAProxy, private link
    reg      203.0.113.10 .11, 2001:db8:cb::10; 10.10.9.0/24   Berth
    router   .1 of each network; the two DNS views

pub, a and b have IPv6, too: 2001:db8:1::10, :a::10, :b::10, never translated.
"""
import contextlib

PUBLIC, PUBLIC_DATA, PUBLIC6 = "203.0.113.10", "203.0.113.11", "2001:db8:cb::10"
PUBLIC_DNS, PRIVATE_DNS = "203.0.113.53", "10.10.0.53"
NAT = {"a": "198.51.100.201", "b": "198.51.100.202", "proxy": "198.51.100.203", "jump": "198.51.100.204"}
CLIENT = {"pub": "198.51.100.10", "a": "10.10.1.10", "b": "10.10.2.10", "proxy": "10.10.3.10", "jump": "10.10.4.10",
          "services": "10.20.0.10"}
CLIENT6 = {"pub": "2001:db8:1::10", "a": "2001:db8:a::10", "b": "2001:db8:b::10"}
# What a service of each kind speaks as; the blocks are those of the server's configuration.
SERVICE = {"container-instances": "10.20.0.10", "scanner": "10.20.0.70", "app-service": "10.20.0.130",
           "tasks": "10.20.0.200"}
EDGE, EDGE_PUBLIC = "10.30.0.10", "203.0.113.130"

# place: (interface, own addresses, the router's) …
LINKS = {
    "pub": [("eth0", ["198.51.100.10/24", "2001:db8:1::10/64"], ["198.51.100.1/24", "2001:db8:1::1/64"])],
    "a": [("eth0", ["10.10.1.10/24", "2001:db8:a::10/64"], ["10.10.1.1/24", "2001:db8:a::1/64"])],
    "b": [("eth0", ["10.10.2.10/24", "2001:db8:b::10/64"], ["10.10.2.1/24", "2001:db8:b::1/64"])],
    "proxy": [("eth0", ["10.10.3.10/24"], ["10.10.3.1/24"])],
    "jump": [("eth0", ["10.10.4.10/24"], ["10.10.4.1/24"])],
    "services": [("eth0", [f"{address}/24" for address in SERVICE.values()], ["10.20.0.1/24"])],
    "edge": [("eth0", [f"203.0.113.{host}/25" for host in range(130, 150)], ["203.0.113.129/25"]),
             ("eth1", [f"{EDGE}/24"], ["10.30.0.1/24"])],
    "reg": [("eth0", [f"{PUBLIC}/25", f"{PUBLIC_DATA}/25", f"{PUBLIC6}/64"], ["203.0.113.1/25", "2001:db8:cb::1/64"]),
            ("eth1", [f"10.10.9.{host}/24" for host in range(4, 60)], ["10.10.9.1/24"])],
}

NFT = """
table ip nat
delete table ip nat
table ip nat {{
  chain post {{
    type nat hook postrouting priority 100;
    ip daddr 10.0.0.0/8 accept
    {service_endpoint}
    ip saddr 10.10.1.0/24 snat to {a}
    ip saddr 10.10.2.0/24 snat to {b}
    ip saddr 10.10.3.0/24 snat to {proxy}
    ip saddr 10.10.4.0/24 snat to {jump}
  }}
}}
table inet edge
delete table inet edge
table inet edge {{
  chain forward {{
    type filter hook forward priority -10;
    iifname "l-pub-eth0" ip daddr 10.10.9.0/24 reject comment "the Internet has no way into a private network"
  }}
}}
table inet faults
delete table inet faults
table inet faults {{
  chain forward {{
    type filter hook forward priority 0;
  }}
}}
"""


class Router:
    """The place `router`, its links to the others, its NAT and its faults."""

    def __init__(self, place):
        self.place = place

    def connect(self, places):
        self.place.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; "
                       "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad")
        self.place.batch(f"address add {PUBLIC_DNS}/32 dev lo", f"address add {PRIVATE_DNS}/32 dev lo")
        for name, links in LINKS.items():
            for number, (device, own, routers) in enumerate(links):
                self.link(places[name], device, own, routers, 100 * number)
        self.rules(service_endpoint=False)

    def link(self, place, device, own, routers, metric):
        mine = f"l-{place.name}-{device}"
        self.place.batch(f"link add {mine} type veth peer name {device} netns {place.init.pid}",
                         *[f"address add {address} dev {mine}" for address in routers], f"link set {mine} up")
        place.batch(*[f"address add {address} dev {device}" for address in own], f"link set {device} up")
        # The second interface of a host with two has a way back, too, for what is bound to it.
        place.batch(*[f"route add default via {address.split('/')[0]} dev {device} metric {metric + 1}"
                      for address in routers])
        if place.name == "edge" and device == "eth1":
            place.batch("route add 10.10.0.0/16 via 10.30.0.1 dev eth1")  # the way on which the server knows it

    def nft(self, text):
        return self.place.run("nft", "-f", "-", stdin=text)

    def rules(self, service_endpoint):
        """NAT anew, without any fault; `service_endpoint`: subnet B goes to the registry as itself."""
        way = "ip saddr 10.10.2.0/24 ip daddr 203.0.113.0/24 accept" if service_endpoint else ""
        self.nft(NFT.format(service_endpoint=way, **NAT))

    @contextlib.contextmanager
    def service_endpoint(self):
        self.rules(service_endpoint=True)
        try:
            yield
        finally:
            self.rules(service_endpoint=False)

    @contextlib.contextmanager
    def blocked(self, source, destination):
        """A firewall on the way that refuses these connections."""
        self.nft(f"add rule inet faults forward ip saddr {source} ip daddr {destination} "
                 "meta l4proto tcp reject with tcp reset")
        try:
            yield
        finally:
            self.nft("flush chain inet faults forward")

    @contextlib.contextmanager
    def firewall(self, text):
        """Rules that `berth network endpoints` printed, or any others; gone afterwards."""
        before = self.tables()
        try:
            self.nft(text)
            yield
        finally:
            for table in self.tables() - before:
                self.nft(f"delete table {table}")

    def tables(self):
        listed = self.place.run("nft", "list", "tables").splitlines()
        return {line.removeprefix("table ") for line in listed}
