"""The grants of the token endpoint, one module each. Client authentication and the response are shared."""
