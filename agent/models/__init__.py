"""The models that can drive the coach; one setting picks one."""
