"""Python imports this by itself when its folder is in PYTHONPATH: no socket leads off this machine, and no name is
looked up, so a client that forgets its endpoint fails before a packet leaves.
"""
import ipaddress
import socket


def is_loopback(host):
    if host in (None, "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def guarded(method):
    def call(self, address):
        if isinstance(address, tuple) and not is_loopback(address[0]):
            raise OSError(f"A test tried to reach {address[0]}. Tests talk to loopback only.")
        return method(self, address)

    return call


def look_up(host, *args, **kwargs):
    if not is_loopback(host):
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is not looked up: tests talk to loopback only.")
    return getaddrinfo(host, *args, **kwargs)


socket.socket.connect = guarded(connect)
socket.socket.connect_ex = guarded(connect_ex)
socket.getaddrinfo = look_up
