"""The files that users' scripts read: NetCDF, never left half-written, and checked when read."""
