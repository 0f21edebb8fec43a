// Keeps the page for the time without a network. All files of one version are kept together or not at all, and the page
// names its files by version, so that no page is ever put together of two versions.

const VERSION = "@version@";
const FILES = "@files@".split(" ");
const PAGE = "/";
const MATERIAL = "/api/v1/offline.json";
const FILES_CACHE = `files-${VERSION}`;
const MATERIAL_CACHE = "material"; // of its own: it changes with the knowledge, not with the program
const PATIENCE_MS = 5_000;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const [files, material] = await Promise.all([caches.open(FILES_CACHE), caches.open(MATERIAL_CACHE)]);
    await files.addAll(FILES.map((path) => new Request(path, { cache: "reload" })));
    await material.add(new Request(MATERIAL, { cache: "no-cache" }));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name !== FILES_CACHE && name !== MATERIAL_CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

/** The whole of an answer, body and all, in time. Older browsers have no AbortSignal.timeout. */
async function fresh(request) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), PATIENCE_MS);
  try {
    const response = await fetch(request, { signal: control.signal });
    await response.clone().arrayBuffer(); // a connection may break, or the time be up, in the middle of it
    return response;
  } finally {
    clearTimeout(timer);
  }
}

/** What was kept, if anything. A browser whose storage fails still has the network. */
async function kept(name, address) {
  try {
    return await (await caches.open(name)).match(address);
  } catch {
    return undefined;
  }
}

/** From the network, else what was kept: without a network, when the server fails, or does not answer in time. */
async function freshElseKept(request, name, address) {
  try {
    const response = await fresh(request);
    if (response.status < 500) return response;
    return (await kept(name, address)) ?? response;
  } catch (error) {
    const found = await kept(name, address);
    if (found) return found;
    throw error;
  }
}

function page(request) {
  return freshElseKept(request, FILES_CACHE, PAGE);
}

async function file(request) {
  return (await kept(FILES_CACHE, request)) ?? fetch(request);
}

async function material(request) {
  const response = await freshElseKept(new Request(request, { cache: "no-cache" }), MATERIAL_CACHE, MATERIAL);
  if (response.ok) {
    try {
      await (await caches.open(MATERIAL_CACHE)).put(MATERIAL, response.clone());
    } catch { /* the storage is full or forbidden: it is still an answer */ }
  }
  return response;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === PAGE) event.respondWith(page(request));
  else if (url.pathname === MATERIAL) event.respondWith(material(request));
  else if (FILES.includes(url.pathname) && url.pathname !== PAGE) event.respondWith(file(request));
});
