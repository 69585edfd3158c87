/*
 * read.mjs: jCal and jCard read by ical.js
 *
 * Lines "FILE<TAB>JSON" on standard input.  Of each item every property of
 * every component is decoded to ical.js's own types.  What it does not take
 * must stand in known.tsv (FILE, part of the message, why), and nothing may
 * stand there that it does take.  Without "all" as the second argument the
 * corpora are not there, and known.tsv is not held against anything.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import ICAL from 'ical.js';

const known = readFileSync(process.argv[2], 'utf8').split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));
const used = new Set();

/* Decode everything; returns how many properties there were. */
function decode(component) {
	let n = 0;
	for (const property of component.getAllProperties()) {
		property.getValues();
		n++;
	}
	for (const child of component.getAllSubcomponents())
		n += decode(child);
	return n;
}

function count([, properties, components]) {
	return properties.length +
	    (components ?? []).reduce((n, c) => n + count(c), 0);
}

function read(data) {
	/* A vcard has no third member (RFC 7095, 3.2); ical.js wants one. */
	const jcal = data[0] === 'vcard' ? [...data, []] : data;
	const component = new ICAL.Component(jcal);
	const n = decode(component);
	if (n !== count(data))
		throw new Error(`${n} of ${count(data)} properties`);
	if (data[0] === 'vcard')
		return;
	for (const event of component.getAllSubcomponents('vevent')) {
		const seen = new ICAL.Event(event);
		if (event.hasProperty('dtstart') && seen.startDate === null)
			throw new Error('no start');
	}
}

let items = 0, refused = 0, wrong = 0;
for await (const line of createInterface({ input: process.stdin })) {
	const tab = line.indexOf('\t');
	const file = line.slice(0, tab);
	items++;
	try {
		read(JSON.parse(line.slice(tab + 1)));
	} catch (error) {
		const i = known.findIndex(([f, part]) =>
		    f === file && error.message.includes(part));
		if (i >= 0) {
			used.add(i);
			refused++;
			continue;
		}
		wrong++;
		console.log(`${file}: ${error.message}`);
	}
}
known.forEach(([file, part], i) => {
	if (!used.has(i) && process.argv[3] === 'all') {
		wrong++;
		console.log(`known.tsv: ${file}: ${part}: not met`);
	}
});
console.log(`check-interop: ical.js read ${items - refused - wrong} of ` +
    `${items} items; ${refused} are known, ${wrong} are not`);
process.exit(wrong > 0 || items === 0 ? 1 : 0);
