"""The files users' scripts read: NetCDF written whole or not at all, checked when read."""
