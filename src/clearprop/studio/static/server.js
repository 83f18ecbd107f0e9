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

/** @implements {Server} */
export class SocketServer {
  /** @param {string} session */
  constructor(session) {
    this.session = session;
    /** @type {Map<number, {resolve: (answer: Message) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    /** @type {string[]} */
    this.unsent = [];
    this.count = 0;
    this.wait = FIRST_WAIT;
    /** @type {(frame: DataView) => void} */
    this.draw = () => {};
    /** @type {(connected: boolean) => void} */
    this.tell = () => {};
    /** @type {DataView | null} */
    this.newest = null;
    /** @type {DataView | null} */
    this.latest = null;
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
      typeof data === "string" ? this.answered(JSON.parse(data)) : this.arrived(data));
    socket.addEventListener("close", () => {
      for (const { reject } of this.waiting.values())
        reject(new Error("the connection to the studio was lost; it is taken up again"));
      this.waiting.clear();
      this.tell(false);
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
    });
  }

  /** @param {string} what @param {Message} given @returns {Promise<Message>} */
  ask(what, given = {}) {
    const id = ++this.count, text = JSON.stringify({ ...given, ask: what, id });
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
    else this.unsent.push(text);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  /** @param {Message} answer */
  answered(answer) {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.error) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer);
  }

  /** Only the newest frame is drawn; each is acknowledged once it, or a newer one, is.
   * @param {ArrayBuffer} data */
  arrived(data) {
    const first = this.newest === null;
    this.newest = this.latest = new DataView(data);
    if (!first) return this.drawn();
    requestAnimationFrame(() => {
      const frame = this.newest;
      this.newest = null;
      if (frame) this.draw(frame);
      this.drawn();
    });
  }

  drawn() {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send('{"drawn":1}');
  }

  /** @param {(frame: DataView) => void} draw */
  onFrame(draw) {
    this.draw = draw;
    if (this.latest) draw(this.latest);  // it came before anybody was there to draw it
  }

  /** @param {(connected: boolean) => void} tell */
  onConnection(tell) { this.tell = tell; }
}
