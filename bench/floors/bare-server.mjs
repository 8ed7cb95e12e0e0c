// The floor for Node: an HTTP server that reads a JSON body and answers it, and nothing more.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (part) => {
    body += part;
  });
  request.on('end', () => {
    const answer = JSON.stringify(JSON.parse(body || '{}'));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer),
    });
    response.end(answer);
  });
});
server.listen(process.argv[2], () => console.log('listening'));
process.stdin.resume().on('end', () => process.exit());
