// SPDX-License-Identifier: Apache-2.0
// Reads series as lines of JSON, writes the keys of their instances as lines of JSON.
// Called as: oracle.mjs ICAL_JS < CASES
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { expand, keyOf } from './expand.mjs';

const { default: ICAL } = await import(pathToFileURL(process.argv[2]));
for await (const line of createInterface({ input: process.stdin })) {
  const { start, all_day: allDay, zone, lines, from, to } = JSON.parse(line);
  const starts = expand(ICAL, { start, allDay, zone, lines }, from, to);
  console.log(JSON.stringify(starts.map((at) => keyOf(allDay, at))));
}
