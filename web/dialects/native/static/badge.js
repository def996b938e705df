// <presence-badge user="alice"> shows who is there and what they do. A hundred people share a stream, and a page
// takes three of the six connections that a browser opens to a server.
const SERVER = new URL("./", import.meta.url).href;
const WORDS = { online: "online", idle: "idle", dnd: "do not disturb", offline: "offline", unknown: "too many badges here" };
const MORE = { listening: "listening to ", competing: "competing in ", custom: "" };

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host { display: inline-block; color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif }
:host([theme="light"]) { color-scheme: light }
:host([theme="dark"]) { color-scheme: dark }
:host([hidden]) { display: none }
.badge { display: inline-flex; align-items: center; gap: .5em; padding: .2em .7em; border: 1px solid #8888; border-radius: 1em;
  color: light-dark(#1f2328, #f0f3f6); background: light-dark(#f3f5f7, #1d232b) }
.lost { opacity: .75; border-style: dashed }
.dot { flex: none; width: .75em; height: .75em; box-sizing: border-box; border-radius: 50%; forced-color-adjust: none }
.online { background: light-dark(#1a7f37, #3fb950) }
.idle { background: radial-gradient(circle at 25% 25%, transparent 45%, light-dark(#9a6700, #d29922) 50%) }
.dnd { background: linear-gradient(light-dark(#fff, #1d232b) 0 0) center / 60% 22% no-repeat light-dark(#cf222e, #f85149) }
.offline { border: .17em solid light-dark(#6e7781, #9198a1) }
.name { font-weight: 600 }
.doing { max-width: 24em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
@media (prefers-reduced-motion: no-preference) {
  .online { animation: pulse 3s ease-in-out infinite }
  @keyframes pulse { 50% { box-shadow: 0 0 0 .2em #3fb95044 } }
}`);

class Stream {
  pauseMs = 1000;
  constructor(server) {
    this.server = server;
  }
  get badges() {
    return [...this.server.badges].filter(({ user }) => this.users.includes(user));
  }
  follow(users) {
    this.users = users;
    this.last = null;
    this.open();
  }
  open() {
    clearTimeout(this.again);
    this.source?.close();
    if (!this.users.length) return;
    const address = new URL("events", this.server.url);
    for (const user of this.users) address.searchParams.append("user", user);
    if (this.last) address.searchParams.set("last_event_id", this.last);
    const source = (this.source = new EventSource(address));
    source.onmessage = (event) => {
      this.last = event.lastEventId;
      this.pauseMs = 1000;
      const { presence } = JSON.parse(event.data);
      for (const badge of this.badges) {
        badge.box.classList.remove("lost");
        if (presence && (badge.user === presence.user || badge.user === presence.id)) badge.draw(presence);
      }
    };
    source.onerror = () => {
      for (const badge of this.badges) badge.box.classList.add("lost");
      if (source.readyState !== EventSource.CLOSED) return;
      this.again = setTimeout(() => this.open(), this.pauseMs * (0.5 + Math.random()));
      this.pauseMs = Math.min(this.pauseMs * 2, 60000);
    };
  }
}

class Server {
  badges = new Set();
  streams = [1, 2, 3].map(() => new Stream(this));
  constructor(url) {
    this.url = url;
  }
  change(badge, there) {
    this.badges[there ? "add" : "delete"](badge);
    this.appointed ??= setTimeout(() => this.share());
  }
  share() {
    this.appointed = null;
    const users = [...new Set([...this.badges].map(({ user }) => user))];
    for (const each of this.streams) each.follow(users.splice(0, 100));
    for (const badge of this.badges) if (users.includes(badge.user)) badge.draw({ status: "unknown" });
  }
}

const servers = new Map();

class PresenceBadge extends HTMLElement {
  static observedAttributes = ["user", "server", "label"];

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const span = (className) => Object.assign(document.createElement("span"), { className });
    [this.box, this.dot, this.name, this.doing] = ["badge", "dot", "name", "doing"].map(span);
    this.box.setAttribute("part", "badge");
    this.dot.setAttribute("role", "img");
    this.box.append(this.dot, this.name, this.doing);
    root.append(this.box);
  }
  get user() {
    return this.getAttribute("user") ?? "";
  }
  connectedCallback() {
    this.draw({});
    const server = new URL(this.getAttribute("server") ?? SERVER, document.baseURI).href;
    if (!servers.has(server)) servers.set(server, new Server(server));
    this.server = servers.get(server);
    if (this.user) this.server.change(this, true);
  }
  disconnectedCallback() {
    this.server?.change(this, false);
  }
  attributeChangedCallback() {
    if (!this.server) return;
    this.disconnectedCallback();
    if (this.isConnected) this.connectedCallback();
  }
  draw({ user = this.user, status = "offline", activities: [activity] = [] }) {
    const type = activity?.type, verb = MORE[type] ?? (type ? type + " " : "");
    this.dot.className = `dot ${status}`;
    this.dot.ariaLabel = this.dot.title = WORDS[status];
    this.name.textContent = this.getAttribute("label") ?? user;
    this.doing.textContent = activity ? verb + activity.name : WORDS[status];
    this.doing.title = activity?.details?.text ?? "";
    this.doing.ariaHidden = activity ? null : "true"; // the dot has said it
  }
}

customElements.get("presence-badge") ?? customElements.define("presence-badge", PresenceBadge);
