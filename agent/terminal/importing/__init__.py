"""`coach import`: what is found on the disk, what of it is sent, and what became of it.

layouts        which names in a folder, an archive or an export hold activities
found_file     one file, and how it is read when its turn comes
search         the files under the paths that were given, in the order of the report; nothing is read yet
sniffing       whether a file of another name holds activities
archives       a zip archive and those inside it
zip_members    the members of one, unpacked under a budget
content        gzip layers removed, the digest by which a file is known, and what is sent
connection     the MCP client, in which a lost connection ends one call and not all of them
calls          the two tools, asked again while there is hope
options        what is the same for every file
upload         the files on their way, several at a time
report         what became of each file
report_lines   the same for people
progress       the bar on a terminal (loaded late)
"""
