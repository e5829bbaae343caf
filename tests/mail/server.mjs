// A mail server as others run one, which keeps what it takes: for the tests.
// usage: node server.mjs PACKAGE FOLDER OPTIONS
// OPTIONS is JSON: tls and starttls (booleans), key and cert (files), login and password, slow (milliseconds before a
// letter is answered for), refuse_every and refuse_with (every so many letters is answered so), nobody (an address that
// is answered 550). It prints its port, and ends with its input. Each letter that it takes is a file FOLDER/NUMBER.eml,
// with the addresses of its envelope in NUMBER.json; the file is whole when the letter is answered for.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [file, folder, text] = process.argv.slice(2);
const module = await import(pathToFileURL(file).href);
const SMTPServer = module.SMTPServer ?? module.default.SMTPServer;
const given = JSON.parse(text);
let asked = 0;
let taken = 0;

const refusal = (code, words) => Object.assign(new Error(words), { responseCode: code });
const server = new SMTPServer({
  secure: Boolean(given.tls),
  key: given.key && readFileSync(given.key),
  cert: given.cert && readFileSync(given.cert),
  disabledCommands: [...(given.starttls ? [] : ['STARTTLS']), ...(given.login ? [] : ['AUTH'])],
  authOptional: !given.login,
  logger: false,
  onAuth({ username, password }, _session, done) {
    const right = username === given.login && password === given.password;
    done(right ? null : refusal(535, '5.7.8 wrong login'), right ? { user: username } : undefined);
  },
  onRcptTo({ address }, _session, done) {
    done(address === given.nobody ? refusal(550, '5.1.1 nobody of this name is here') : null);
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => {
      asked += 1;
      const refuse = given.refuse_every && asked % given.refuse_every === 0;
      setTimeout(() => {
        if (refuse) return done(refusal(given.refuse_with ?? 451, 'not now, try again'));
        taken += 1;
        const name = `${folder}/${String(taken).padStart(6, '0')}`;
        const { mailFrom, rcptTo } = session.envelope;
        writeFileSync(`${name}.json`, JSON.stringify({ from: mailFrom.address, to: rcptTo.map(({ address }) => address), secure: session.secure, user: session.user ?? null }));
        writeFileSync(`${name}.part`, Buffer.concat(parts));
        renameSync(`${name}.part`, `${name}.eml`);
        return done(null, 'taken');
      }, given.slow ?? 0);
    });
  },
});
server.on('error', (error) => console.error(error.message));
server.listen(Number(given.port ?? 0), '127.0.0.1', () => console.log(server.server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
