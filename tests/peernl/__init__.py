"""The data of PeerNL is as its FORMAT.md says."""
