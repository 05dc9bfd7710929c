"""The client's version, for the package, the command and the server's logs."""

VERSION = "0.1.0"
