raise RuntimeError("conformance: broken on purpose")
