"""glTF 2.0 binary, as much of it as meshes with materials need. Free of `bpy`.

Blender's own importer and exporter are an add-on that may be off, work by selection and context, and
rebuild meshes as they see fit; here results come from a timer, and texture coordinates go as they are.
"""
