"""`make package`: one zip for each runtime and function, from the lock, for arm64.

    plan           which packages there are and what each starts with
    closure        the modules of this repository that an entry module imports, and the data beside them
    dependencies   wheels of the lock for the target platform
    archive        a zip that is the same for the same content
    inspection     what must not be in one: code of another processor, too many bytes
    bill           what is in it (CycloneDX)
    build          all of it, and the report

A package is named by the digest of its content, so the same source gives the same name on every machine that has the
same interpreter for its bytecode.
"""
