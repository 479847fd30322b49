// SPDX-License-Identifier: MIT
// The page's own words, in Chinese and English. The terminal has its own language: its menu changes it.

const WORDS = {
  zh: {
    "add": "添加终端",
    "answer.00": "成功",
    "answer.55": "密码错误",
    "answer.62": "操作员停用",
    "answer.75": "密码锁定",
    "answer.58": "终端停用",
    "battery": "电池",
    "battery.title": "拖动以改变电池电压",
    "bench": "工作台上的终端",
    "device": "终端。数字键、Enter 确认、Esc 取消、退格清除、M 功能、P 电源",
    "done": "已平账",
    "done.not": "不平",
    "help": "怎么用",
    "help.close": "知道了",
    "help.hold": "按住 Shift 再点一个键，它会一直按着，直到再次点击。离开页面时所有按键都会松开。",
    "help.keys": "电脑键盘",
    "help.open": "帮助",
    "help.step1": "按住电源键约两秒开机（或按住键盘上的 P）。",
    "help.step2": "屏幕显示“请签到”后按确认，输入操作员号、班次和密码。练习用的密码在右侧主机栏里。",
    "help.step3": "营业中按 1 收款，按功能键查看合计或签退。",
    "help.step4": "断电、断网、电量不足都可以试：账目不会丢。",
    "host": "收单主机",
    "host.batch": "当前批次",
    "host.closed": "上一批次 {2}：{0} 笔，{1}",
    "host.empty": "还没有",
    "host.locked": "锁定 {0} 分钟",
    "host.name": "姓名",
    "host.none": "终端 {0} 没有打开的批次",
    "host.notices": "通知",
    "host.number": "编号",
    "host.operators": "操作员（练习用密码）",
    "host.pin": "密码",
    "host.records": "{0} 笔，共 {1}",
    "host.role": "角色",
    "host.signins": "签到记录",
    "host.status": "状态",
    "host.waits": "主机正在准备…",
    "how.T": "已签退",
    "how.O": "已交班",
    "how.R": "被新的签到取代",
    "in": "在岗",
    "key.A": "功能", "key.B": "取消", "key.C": "清除", "key.D": "确认", "key.*": "上", "key.#": "下",
    "key.power": "电源（按住）",
    "keypad": "键盘",
    "kind.22": "收款", "kind.23": "撤销", "kind.25": "退款", "kind.30": "现金收款",
    "language": "English",
    "led": "指示灯：{0}",
    "led.alternating": "{0}{1}交替",
    "led.blink": "{0}闪烁",
    "led.double": "{0}双闪",
    "led.mixed": "多色",
    "led.off": "灭",
    "led.steady": "{0}常亮",
    "colour.red": "红", "colour.green": "绿", "colour.blue": "蓝", "colour.yellow": "黄",
    "colour.cyan": "青", "colour.magenta": "紫", "colour.white": "白",
    "line.lost": "未连接",
    "line.ok": "已连接",
    "lost": "与模拟器的连接已断开，正在重试……（qiandao sim 还在运行吗？）",
    "no": "取消",
    "panel": "终端屏幕",
    "phone": "顾客的手机",
    "phone.idle": "对准终端屏幕，扫描收款码",
    "phone.looking": "正在识别…",
    "phone.none": "屏幕上没有收款码",
    "phone.paid": "已支付 {0}",
    "phone.refused": "支付失败：{0}",
    "phone.scan": "扫一扫",
    "phone.unpaid": "已识别，但主机尚未就绪：{0}",
    "power.button": "电源键",
    "power.title": "按住约两秒开机",
    "renew": "恢复出厂…",
    "renew.bench": "作为工装终端：串口可以按键、读屏（屏幕显示 BENCH）",
    "renew.remove": "拿走这台终端",
    "renew.provision": "随后在主机登记并灌入新密钥",
    "renew.title": "终端 {0} 恢复出厂？",
    "renew.words": "闪存将重新写入。尚未上传的交易会丢失。",
    "renew.yes": "恢复出厂",
    "role.0": "收银员", "role.1": "主管", "role.9": "管理员",
    "serial": "串口",
    "serial.hint": "输入一行，例如 @status",
    "serial.line": "发送到串口的一行",
    "serial.port": "mpremote、pyserial 和 qiandao 命令可以打开这个串口",
    "serial.send": "发送",
    "skip": "跳到终端",
    "stage": "终端",
    "state.deepsleep": "休眠（按住电源键开机）", "state.deepsleep.brief": "休眠",
    "state.off": "断电", "state.off.brief": "断电",
    "state.running": "运行中", "state.running.brief": "运行中",
    "state.resets": "启动 {0} 次，上次 {1}",
    "step.flash": "正在写入固件…",
    "step.host": "正在建立主机：证书、密钥、账本…",
    "step.provision": "正在登记终端并灌入密钥…",
    "step.serve": "正在启动主机…",
    "step.start": "正在接通电池…",
    "step.failed": "无法启动：{0}",
    "subtitle": "在网页上试用支付终端",
    "supply.cut": "切断电源",
    "supply.restore": "恢复供电",
    "tab": "终端 {0}",
    "trouble.absent": "终端还没有准备好",
    "trouble.board": "终端出了问题：{0}",
    "trouble.early": "主机还没有准备好，请稍候",
    "trouble.form": "无法理解：{0}",
    "trouble.last": "工作台上至少要留一台终端",
    "trouble.line": "这一行太长：最多 96 字节",
    "trouble.most": "工作台上放不下更多终端了",
    "trouble.provision": "无法灌入：{0}",
    "trouble.unknown": "没有这个终端",
    "wifi": "无线网络",
    "wifi.off": "关",
    "wifi.on": "开",
    "wifi.weak": "弱",
    "world": "周围环境",
  },
  en: {
    "add": "Add terminal",
    "answer.00": "signed in",
    "answer.55": "wrong PIN",
    "answer.62": "operator disabled",
    "answer.75": "PIN locked",
    "answer.58": "terminal barred",
    "battery": "Battery",
    "battery.title": "Drag to change the battery's voltage",
    "bench": "Terminals on the bench",
    "device": "Terminal. Digits, Enter to confirm, Escape to cancel, Backspace to clear, M for menu, P for power",
    "done": "balanced",
    "done.not": "not balanced",
    "help": "How to use it",
    "help.close": "Got it",
    "help.hold": "Shift and a click keeps a key down until it is clicked again. When you leave the page, every key is let go.",
    "help.keys": "The computer's keyboard",
    "help.open": "Help",
    "help.step1": "Hold the power button for about two seconds (or hold P on the keyboard).",
    "help.step2": "When the display asks for the sign-in (请签到), press 确认 and enter operator, shift and PIN. The test PINs are in the host's card.",
    "help.step3": "While the shop is open, 1 takes a payment; 功能 is the menu with totals and sign-out.",
    "help.step4": "Cut the power, lose the Wi-Fi, empty the battery: the books stay right.",
    "host": "Acquirer host",
    "host.batch": "Open batch",
    "host.closed": "Last batch {2}: {0} records, {1}",
    "host.closed.one": "Last batch {2}: 1 record, {1}",
    "host.empty": "None yet",
    "host.locked": "locked {0} min",
    "host.name": "Name",
    "host.none": "Terminal {0} has no open batch",
    "host.notices": "Notices",
    "host.number": "No.",
    "host.operators": "Operators and their test PINs",
    "host.pin": "PIN",
    "host.records": "{0} records, {1}",
    "host.records.one": "1 record, {1}",
    "host.role": "Role",
    "host.signins": "Sign-ins",
    "host.status": "Status",
    "host.waits": "The host is getting ready…",
    "how.T": "signed out",
    "how.O": "shift ended",
    "how.R": "replaced by a new sign-in",
    "in": "at work",
    "key.A": "Menu", "key.B": "Cancel", "key.C": "Clear", "key.D": "Enter", "key.*": "Up", "key.#": "Down",
    "key.power": "Power (hold)",
    "keypad": "Keypad",
    "kind.22": "sale", "kind.23": "void", "kind.25": "refund", "kind.30": "cash sale",
    "language": "中文",
    "led": "Light: {0}",
    "led.alternating": "{0} and {1} in turn",
    "led.blink": "{0}, blinking",
    "led.double": "{0}, double blink",
    "led.mixed": "several colours",
    "led.off": "off",
    "led.steady": "steady {0}",
    "colour.red": "red", "colour.green": "green", "colour.blue": "blue", "colour.yellow": "yellow",
    "colour.cyan": "cyan", "colour.magenta": "magenta", "colour.white": "white",
    "line.lost": "not connected",
    "line.ok": "connected",
    "lost": "The connection to the simulator is lost; trying again… (is qiandao sim still running?)",
    "no": "Cancel",
    "panel": "The terminal's display",
    "phone": "The customer's phone",
    "phone.idle": "Point it at the display and scan the code",
    "phone.looking": "Looking…",
    "phone.none": "No code on the display",
    "phone.paid": "Paid {0}",
    "phone.refused": "Not paid: {0}",
    "phone.scan": "Scan",
    "phone.unpaid": "Read, but the host is not open yet: {0}",
    "power.button": "Power button",
    "power.title": "Hold for about two seconds to switch on",
    "renew": "Factory new…",
    "renew.bench": "As a bench board: the serial line may press keys and read the screen (which shows BENCH)",
    "renew.remove": "Take it off the bench",
    "renew.provision": "Then enrol it at the host and load fresh keys",
    "renew.title": "Make terminal {0} factory new?",
    "renew.words": "Its flash is written anew. Payments that were not uploaded yet are lost.",
    "renew.yes": "Make factory new",
    "role.0": "cashier", "role.1": "supervisor", "role.9": "administrator",
    "serial": "Serial line",
    "serial.hint": "Type a line, such as @status",
    "serial.line": "A line to send to the serial port",
    "serial.port": "mpremote, pyserial and the qiandao commands can open this port",
    "serial.send": "Send",
    "skip": "Go to the terminal",
    "stage": "Terminal",
    "state.deepsleep": "asleep (hold the power button)", "state.deepsleep.brief": "asleep",
    "state.off": "no power", "state.off.brief": "no power",
    "state.running": "running", "state.running.brief": "running",
    "state.resets": "start {0}, last {1}",
    "step.flash": "Writing the firmware…",
    "step.host": "Making the host: certificates, keys, books…",
    "step.provision": "Enrolling the terminal and loading its keys…",
    "step.serve": "Starting the host…",
    "step.start": "Connecting the battery…",
    "step.failed": "It did not start: {0}",
    "subtitle": "Try the payment terminal on a page",
    "supply.cut": "Cut power",
    "supply.restore": "Restore power",
    "tab": "Terminal {0}",
    "trouble.absent": "The terminal is not ready yet",
    "trouble.board": "The terminal has a problem: {0}",
    "trouble.early": "The host is not ready yet; wait a moment",
    "trouble.form": "Not understood: {0}",
    "trouble.last": "One terminal stays on the bench",
    "trouble.line": "That line is too long: 96 bytes at most",
    "trouble.most": "There is no room for more terminals on the bench",
    "trouble.provision": "Could not be provisioned: {0}",
    "trouble.unknown": "There is no such terminal",
    "wifi": "Wi-Fi",
    "wifi.off": "Off",
    "wifi.on": "On",
    "wifi.weak": "Weak",
    "world": "Around it",
  },
};

const KEPT = "qiandao.language";
const listeners = new Set();
let language = "zh";

/** "zh" or "en". */
export function currentLanguage() {
  return language;
}

/** The words for a name, {0} and {1} replaced. An unknown name is shown as it is. */
export function t(name, ...values) {
  const text = WORDS[language][name] ?? name;
  return text.replace(/\{(\d)\}/g, (_, number) => String(values[number] ?? ""));
}

/** Whether there are words for it. */
export function has(name) {
  return name in WORDS[language];
}

/** Called now and whenever the language changes. */
export function onLanguage(action) {
  listeners.add(action);
  action();
}

function translate(root) {
  const places = [
    ["data-t", (element, text) => (element.textContent = text)],
    ["data-t-label", (element, text) => element.setAttribute("aria-label", text)],
    ["data-t-title", (element, text) => element.setAttribute("title", text)],
    ["data-t-placeholder", (element, text) => element.setAttribute("placeholder", text)],
  ];
  for (const [attribute, put] of places) {
    for (const element of root.querySelectorAll(`[${attribute}]`)) put(element, t(element.getAttribute(attribute)));
  }
}

export function setLanguage(wanted) {
  language = wanted in WORDS ? wanted : "en";
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  translate(document);
  for (const action of listeners) action();
}

/** What was chosen last, else what the browser prefers. */
export function startLanguage() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // As above.
  }
  setLanguage(kept ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
}

/** For tests of this table. */
export const names = Object.fromEntries(Object.entries(WORDS).map(([code, table]) => [code, Object.keys(table)]));
