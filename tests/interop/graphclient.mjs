/*
 * graphclient.mjs: the test server of Microsoft Graph, used by Microsoft's own
 * client for JavaScript
 *
 * usage: node graphclient.mjs http://127.0.0.1:PORT contacts|events|tasks
 *	  node graphclient.mjs http://127.0.0.1:PORT rename FROM TO
 *
 * The client sends its token to https://graph.microsoft.com and to no other
 * place, and follows links there only.  So the last step, where it calls
 * fetch(), leads to the test server, and what comes back names that host; all
 * the rest is the client's.
 */
import graph from '@microsoft/microsoft-graph-client';

const { Client, PageIterator, BatchRequestContent, BatchResponseContent } =
    graph;
const [server, what, ...more] = process.argv.slice(2);
const cloud = 'https://graph.microsoft.com';
const there = globalThis.fetch;
const user = '/users/alice@one.example.test';
const ids = 'IdType="ImmutableId"';
const utc = `${ids}, outlook.timezone="UTC"`;
const json = { 'Content-Type': 'application/json' };

globalThis.fetch = async (request, options) => {
	const url = typeof request === 'string' ? request : request.url;
	if (!url.startsWith(`${cloud}/`))
		throw new Error(`it asks ${url}`);
	const got = await there(server + url.slice(cloud.length), options);
	const text = await got.text();
	const head = new Headers(got.headers);
	head.delete('content-length');
	return new Response(text === '' ? null : text.replaceAll(server, cloud),
	    { status: got.status, headers: head });
};

const client = Client.init({
	authProvider: (done) => done(null, 'token-one')
});

function api(path, prefer = ids) {
	return client.api(path.startsWith('http') ? path : user + path)
	    .header('Prefer', prefer);
}

/* All of a listing: its rows, and the link for what changes after. */
async function pages(path, prefer = ids) {
	const rows = [];
	const it = new PageIterator(client, await api(path, prefer).get(),
	    (row) => rows.push(row) > 0, { headers: { Prefer: prefer } });
	await it.iterate();
	return [rows, it.getDeltaLink(), it.isComplete()];
}

/* The ids, once each: a row may come twice. */
function count(rows) {
	return new Set(rows.map((row) => row.id)).size;
}

/* Each after the last one: their states. */
async function batch(list) {
	const steps = list.map(([method, path, body], i) => ({
		id: String(i + 1),
		request: new Request(cloud + user + path, {
			method, headers: { Prefer: utc, ...(body ? json : {}) },
			body: body && JSON.stringify(body)
		}),
		dependsOn: i > 0 ? [String(i)] : undefined
	}));
	const content = await new BatchRequestContent(steps).getContent();
	const answer = new BatchResponseContent(
	    await client.api('/$batch').post(content));
	return steps.map((step) => answer.getResponseById(step.id).status);
}

async function refused(promise) {
	try {
		await promise;
	} catch (error) {
		return `${error.statusCode} ${error.code}`;
	}
	return 'not refused';
}

/* What is the same for all: NAME is the member of the title. */
async function life(path, name, item, prefer = ids, listing = path) {
	const made = await api(path, prefer).post(item);
	const [, link] = await pages(listing, prefer);
	const at = `${path}/${made.id}`;
	const got = await api(at, prefer).get();
	console.log('made', got[name], got.id === made.id);
	const changed = await api(at, prefer)
	    .header('If-Match', got['@odata.etag'])
	    .patch({ [name]: 'Changed' });
	console.log('changed', changed[name],
	    changed['@odata.etag'] !== got['@odata.etag']);
	return [made.id, at, link, got['@odata.etag']];
}

async function many(path, make, prefer = ids) {
	const list = [];
	for (let i = 0; i < 18; i++)
		list.push(['POST', path, make(`Batch ${i}`)]);
	const said = await batch(list);
	const [rows, , whole] = await pages(`${path}?$top=5`, prefer);
	console.log('batch', said.filter((s) => s === 201).length,
	    'listed', rows.length, whole);
	const gone = await batch(rows.map((row) =>
	    ['DELETE', `${path}/${row.id}`]));
	console.log('deleted', gone.filter((s) => s === 204).length, 'left',
	    (await pages(path, prefer))[0].length);
}

async function contacts() {
	const card = (name) => ({ displayName: name, givenName: name,
	    surname: 'Client', emailAddresses: [{ name, address:
	    'client@x.example' }], businessPhones: ['+1 555 0100'] });
	const [id, at, link, old] = await life('/contacts', 'displayName',
	    card('Made'), ids, '/contacts/delta');
	console.log('stale', await refused(api(at).header('If-Match', old)
	    .patch({ displayName: 'Late' })));
	let [rows, next] = await pages(link);
	console.log('delta', count(rows), rows[0].id === id,
	    rows[0].displayName);
	console.log('no such member', await refused(api(at)
	    .patch({ shoeSize: 43 })));
	await api(at).delete();
	[rows] = await pages(next);
	console.log('gone', rows[0]['@removed'].reason,
	    await refused(api(at).get()));
	await many('/contacts', card);
}

async function events() {
	const time = (hour) => ({ dateTime: `2026-03-02T${hour}:00:00`,
	    timeZone: 'UTC' });
	const event = (subject) => ({ subject, start: time('09'),
	    end: time('10'), body: { contentType: 'text', content: 'Text' } });
	const view = '/calendarView/delta?startDateTime=2026-03-01T00:00:00Z' +
	    '&endDateTime=2026-04-01T00:00:00Z';
	const [id, at, link] = await life('/events', 'subject', event('Made'),
	    utc, view);
	let [rows] = await pages(link, utc);
	console.log('delta', count(rows), rows[0].id === id);
	await api(at, utc).delete();
	console.log('gone', await refused(api(at, utc).get()));

	const series = await api('/events', utc).post({ ...event('Series'),
	    recurrence: { pattern: { type: 'daily', interval: 1 },
	    range: { type: 'numbered', startDate: '2026-03-02',
	    numberOfOccurrences: 4 } } });
	const days = `/events/${series.id}/instances` +
	    '?startDateTime=2026-03-01T00:00:00Z' +
	    '&endDateTime=2026-04-01T00:00:00Z';
	[rows] = await pages(days, utc);
	await api(`/events/${rows[1].id}`, utc).patch({ subject: 'Other' });
	await api(`/events/${rows[2].id}`, utc).delete();
	[rows] = await pages(days, utc);
	console.log('series', series.type, rows.map((row) =>
	    `${row.subject} ${row.start.dateTime.slice(8, 10)}`).join(', '));
	await api(`/events/${series.id}`, utc).delete();
	await many('/calendar/events', event, utc);
}

async function tasks() {
	const lists = (await api('/todo/lists').get()).value;
	const own = lists.find((l) => l.wellknownListName === 'defaultList');
	const path = `/todo/lists/${own.id}/tasks`;
	const task = (title) => ({ title, importance: 'high',
	    dueDateTime: { dateTime: '2026-04-01T00:00:00', timeZone: 'UTC' } });
	const [id, at, link] = await life(path, 'title', task('Made'), ids,
	    `${path}/delta`);
	const ext = await api(`${at}/extensions`).post({
	    '@odata.type': '#microsoft.graph.openTypeExtension',
	    extensionName: 'com.example.client', note: 'kept' });
	const read = await api(`${at}/extensions/${ext.id}`).get();
	console.log('extension', read.note);
	let [rows, next] = await pages(link);
	console.log('delta', count(rows), rows[0].id === id, rows[0].title);
	await api(at).patch({ status: 'completed' });
	console.log('status', (await api(at).get()).status);
	await api(at).delete();
	[rows] = await pages(next);
	console.log('gone', rows.some((r) => r.id === id && r['@removed']),
	    await refused(api(at).get()));
	await many(path, task);
}

/* What a person does there: each item that is called so gets another name. */
async function rename(from, to) {
	const [rows] = await pages('/contacts');
	for (const row of rows.filter((r) => r.displayName === from))
		await api(`/contacts/${row.id}`).patch({ displayName: to,
		    givenName: to });
}

await ({ contacts, events, tasks, rename })[what](...more);
