// Every page there is, with what it is called in `docs/screens`. `isForAdministrators`: a supervisor is not let in.

export const PAGES = [
  { name: "floor", address: "/admin/", heading: "Floor" },
  { name: "phones", address: "/admin/phones", heading: "Phones" },
  { name: "phone", address: "/admin/phone?extension=100&server_ip=10.0.9.1", heading: /100/ },
  { name: "phone-new", address: "/admin/phones/new", heading: /New phone/, isForAdministrators: true },
  { name: "phone-delete", address: "/admin/phone/delete?extension=100&server_ip=10.0.9.1", heading: /Delete/, isForAdministrators: true },
  { name: "phones-bulk", address: "/admin/phones/bulk", heading: /phones/i, isForAdministrators: true },
  { name: "aliases", address: "/admin/aliases", heading: "Aliases" },
  { name: "alias", address: "/admin/alias?id=100x", heading: /100x/ },
  { name: "alias-new", address: "/admin/aliases/new", heading: /New alias/, isForAdministrators: true },
  { name: "alias-delete", address: "/admin/alias/delete?id=100x", heading: /Delete/, isForAdministrators: true },
  { name: "lines", address: "/admin/lines", heading: "Lines" },
  { name: "line", address: "/admin/line?server_ip=10.0.9.1&channel=SIP/100", heading: /100/ },
  { name: "logins", address: "/admin/logins", heading: "Logins" },
  { name: "login", address: "/admin/logins/1", heading: /1001/ },
  { name: "dialers", address: "/admin/dialers", heading: "Dialers" },
  { name: "dialer", address: "/admin/dialer?server_ip=10.0.9.1", heading: /dialer-a/ },
  { name: "dialer-new", address: "/admin/dialers/new", heading: /New dialer/, isForAdministrators: true },
  { name: "dialer-drain", address: "/admin/dialers/drain?server_ip=10.0.9.1", heading: /Drain/, isForAdministrators: true },
  { name: "users", address: "/admin/users", heading: "Users" },
  { name: "user", address: "/admin/user?name=1001&check=add_phone", heading: "1001" },
  { name: "visits", address: "/admin/visits", heading: /panel/i, isForAdministrators: true },
  { name: "logs", address: "/admin/logs", heading: /log/i },
  { name: "call", address: "/admin/logs/1", heading: /.+/ },
  { name: "logs-admin", address: "/admin/logs/admin", heading: /log/i },
  { name: "settings", address: "/admin/settings", heading: "Settings" },
  { name: "not-found", address: "/admin/nothing", heading: "Not found" },
];

// Pages for who has no visit.
export const OUTSIDE = [
  { name: "front", address: "/", heading: /.+/ },
  { name: "panel-login", address: "/admin/login", heading: "Log in" },
  { name: "agent-login", address: "/agc/vicidial.php", heading: /.+/ },
];
