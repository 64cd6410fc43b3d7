// Adds the two headers that give a page threads and a finer clock, where the host cannot be told to send them.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== location.origin) return;
  event.respondWith(fetch(event.request).then((reply) => {
    if (reply.status === 0) return reply;
    const headers = new Headers(reply.headers);
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Embedder-Policy", "require-corp");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    return new Response(reply.body, { status: reply.status, statusText: reply.statusText, headers });
  }));
});
