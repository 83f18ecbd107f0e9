// What answers: asks go out as JSON, answers and frames come back; a lost connection is taken up again.

/**
 * @typedef {Object<string, any>} Message
 * @typedef {{
 *   ask: (what: string, given?: Message) => Promise<Message>,
 *   onFrame: (draw: (frame: DataView) => void) => void,
 *   onConnection: (tell: (connected: boolean) => void) => void,
 * }} Server   ask rejects with an Error whose message is one sentence for the user
 */

const FIRST_WAIT = 250, LONGEST_WAIT = 4000;  // milliseconds between attempts to connect

/** What a socket and a notebook have in common: `send` is theirs.
 * @implements {Server} */
export class Asker {
  /** @param {number} count of the asks before */
  constructor(count = 0) {
    /** @type {Map<number, {resolve: (answer: Message) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    this.count = count;
    /** @type {(frame: DataView) => void} */
    this.draw = () => {};
    /** @type {(connected: boolean) => void} */
    this.tell = () => {};
    /** @type {DataView | null} */
    this.latest = null;
    /** @type {DataView | null} */
    this.newest = null;
  }

  /** @param {Message} message */
  send(message) {
    throw new Error(`nobody takes ${message}`);
  }

  /** @param {string} what @param {Message} given @returns {Promise<Message>} */
  ask(what, given = {}) {
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ ...given, ask: what, id });
    });
  }

  /** @param {Message} answer */
  answered(answer) {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.error) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer);
  }

  /** Only the newest frame is drawn; each is acknowledged once it, or a newer one, is.
   * @param {DataView} frame */
  arrived(frame) {
    const first = this.newest === null;
    this.newest = this.latest = frame;
    if (!first) return this.drawn();
    requestAnimationFrame(() => {
      const newest = this.newest;
      this.newest = null;
      if (newest) this.draw(newest);
      this.drawn();
    });
  }

  drawn() { this.send({ drawn: 1 }); }

  /** @param {(frame: DataView) => void} draw */
  onFrame(draw) {
    this.draw = draw;
    if (this.latest) draw(this.latest);  // it came before anybody was there to draw it
  }

  /** @param {(connected: boolean) => void} tell */
  onConnection(tell) { this.tell = tell; }
}

/** The server that the page came from. */
export class SocketServer extends Asker {
  /** @param {string} session */
  constructor(session) {
    super();
    this.session = session;
    /** @type {string[]} */
    this.unsent = [];
    this.wait = FIRST_WAIT;
    this.connect();
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/talk?session=${this.session}`);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      this.wait = FIRST_WAIT;
      for (const text of this.unsent.splice(0)) socket.send(text);
      this.tell(true);
    });
    socket.addEventListener("message", ({ data }) =>
      typeof data === "string" ? this.answered(JSON.parse(data)) : this.arrived(new DataView(data)));
    socket.addEventListener("close", () => {
      for (const { reject } of this.waiting.values())
        reject(new Error("the connection to the studio was lost; it is taken up again"));
      this.waiting.clear();
      this.tell(false);
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
    });
  }

  /** @param {Message} message */
  send(message) {
    const text = JSON.stringify(message);
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
    else if (!("drawn" in message)) this.unsent.push(text);
  }
}
