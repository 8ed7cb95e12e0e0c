throw new Error('conformance: broken on purpose');
