// Bundles every src/*.js and src/*.css into ../app/static/dist: hashed names, a manifest, linked
// licences, one icon sprite, and a .gz and .br beside each file. It works in a folder of its own and
// swaps it in at the end, so that a failed build leaves the last good one in place.
import * as esbuild from 'esbuild';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.resolve(here, process.argv[2] ?? '../app/static/dist');
const work = `${dist}.new`;
const publicPath = '/static/dist';

const read = (...parts) => fs.readFileSync(path.join(here, ...parts), 'utf8');
const hash = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex').slice(0, 8);

/** `shell.js` and `shell.css` are one page's two halves; a .js may bring a further .css of its own. */
async function bundle() {
  const src = path.join(here, 'src');
  const entryPoints = fs.readdirSync(src).filter((name) => /\.(js|css)$/.test(name)).sort()
    .map((name) => path.join(src, name));
  const result = await esbuild.build({
    absWorkingDir: here, entryPoints, outdir: work, publicPath,
    bundle: true, minify: true, splitting: true, format: 'esm', target: 'chrome100',
    entryNames: '[name]-[hash]', chunkNames: 'chunk-[hash]', assetNames: '[name]-[hash]',
    metafile: true, legalComments: 'linked', logLevel: 'warning', logOverride: { 'css-syntax-error': 'error' },
    loader: { '.svg': 'file', '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const manifest = {};
  for (const [output, meta] of Object.entries(result.metafile.outputs)) {
    if (!meta.entryPoint) continue;
    const entry = { file: path.basename(output) };
    if (meta.cssBundle) entry.css = path.basename(meta.cssBundle);
    const imports = meta.imports.filter((i) => i.kind === 'import-statement').map((i) => path.basename(i.path));
    if (imports.length) entry.imports = imports;
    manifest[path.basename(meta.entryPoint)] = entry;
  }
  return manifest;
}

/** Only names that icons.txt lists: a page that asks for another icon shows nothing, and a test says so. */
function sprite() {
  const names = read('icons.txt').split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#'));
  const symbols = names.map((name) => {
    const file = path.join('node_modules/@tabler/icons/icons/outline', `${name}.svg`);
    if (!fs.existsSync(path.join(here, file))) throw new Error(`icons.txt: @tabler/icons has no outline "${name}"`);
    const body = read(file).replace(/^[\s\S]*?<svg[^>]*>/, '').replace('</svg>', '').trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6" `
      + `stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
  const file = `icons-${hash(svg)}.svg`;
  fs.writeFileSync(path.join(work, file), svg);
  return { file };
}

/** Files of a package that say under what it may be used; some keep those of their parts in a folder. */
function legalTexts(folder) {
  return fs.readdirSync(path.join(here, folder), { withFileTypes: true })
    .filter(({ name }) => /^(licen[cs]e|notice)/i.test(name))
    .flatMap((entry) => (entry.isDirectory()
      ? fs.readdirSync(path.join(here, folder, entry.name)).map((name) => path.join(entry.name, name)) : [entry.name]))
    .sort();
}

/** Every installed package that reaches the browser, with its licence as the package ships it. */
function licences() {
  const { dependencies } = JSON.parse(read('package.json'));
  const parts = Object.keys(dependencies).sort().map((name) => {
    const folder = path.join('node_modules', name);
    const { version, license } = JSON.parse(read(folder, 'package.json'));
    const texts = legalTexts(folder).map((file) => read(folder, file).trim());
    return [`${name} ${version} (${license})`, ...texts].join('\n\n');
  });
  const file = 'licences.txt';
  fs.writeFileSync(path.join(work, file), `${parts.join(`\n\n${'-'.repeat(72)}\n\n`)}\n`);
  return { file };
}

function compress() {
  const rows = [];
  for (const name of fs.readdirSync(work).sort()) {
    const bytes = fs.readFileSync(path.join(work, name));
    const gz = zlib.gzipSync(bytes, { level: 9 });
    fs.writeFileSync(path.join(work, `${name}.gz`), gz);
    fs.writeFileSync(path.join(work, `${name}.br`), zlib.brotliCompressSync(bytes, {
      params: { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }));
    rows.push(`${name.padEnd(40)} ${String(bytes.length).padStart(9)}  gz ${String(gz.length).padStart(8)}`);
  }
  return rows;
}

fs.rmSync(work, { recursive: true, force: true });
fs.mkdirSync(work, { recursive: true });
const manifest = await bundle();
manifest['icons.svg'] = sprite();
manifest['licences.txt'] = licences();
fs.writeFileSync(path.join(work, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
const rows = compress();
fs.rmSync(dist, { recursive: true, force: true });
fs.renameSync(work, dist);
console.log(rows.join('\n'));
