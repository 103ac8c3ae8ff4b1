// All pages, with the names of their pictures in `docs/screens`. `isForAdministrators`: supervisors have no access.

export const PAGES = [
  { name: "floor", address: "/admin/", heading: "Floor" },
  { name: "phones", address: "/admin/phones", heading: "Phones" },
  { name: "phone", address: "/admin/phone?extension=100&server_ip=10.0.9.1", heading: "100" },
  { name: "phone-new", address: "/admin/phones/new", heading: "New phone", isForAdministrators: true },
  { name: "phone-delete", address: "/admin/phone/delete?extension=100&server_ip=10.0.9.1", heading: "Delete phone 100 on 10.0.9.1?", isForAdministrators: true },
  { name: "phones-bulk", address: "/admin/phones/bulk", heading: "Add phones in bulk", isForAdministrators: true },
  { name: "aliases", address: "/admin/aliases", heading: "Aliases" },
  { name: "alias", address: "/admin/alias?id=100x", heading: "100x" },
  { name: "alias-new", address: "/admin/aliases/new", heading: "New alias", isForAdministrators: true },
  { name: "alias-softphone", address: "/admin/alias/softphone?id=100x", heading: "Softphone for 100x", isForAdministrators: true },
  { name: "alias-delete", address: "/admin/alias/delete?id=100x", heading: "Delete alias 100x?", isForAdministrators: true },
  { name: "lines", address: "/admin/lines", heading: "Registrations" },
  { name: "line", address: "/admin/line?server_ip=10.0.9.1&channel=SIP/100", heading: "SIP/100 on dialer-a" },
  { name: "logins", address: "/admin/logins", heading: "Logins" },
  { name: "login", address: "/admin/logins/1", heading: "Login of agent 1001" },
  { name: "dialers", address: "/admin/dialers", heading: "Dialers" },
  { name: "dialer", address: "/admin/dialer?server_ip=10.0.9.1", heading: "dialer-a" },
  { name: "dialer-new", address: "/admin/dialers/new", heading: "New dialer", isForAdministrators: true },
  { name: "dialer-drain", address: "/admin/dialers/drain?server_ip=10.0.9.1", heading: "Drain dialer-a?", isForAdministrators: true },
  { name: "users", address: "/admin/users", heading: "Users" },
  { name: "user", address: "/admin/user?name=1001&check=add_phone", heading: "1001" },
  { name: "tokens", address: "/admin/tokens", heading: "Tokens" },
  { name: "visits", address: "/admin/visits", heading: "Active sessions", isForAdministrators: true },
  { name: "logs", address: "/admin/logs", heading: "API log" },
  { name: "call", address: "/admin/logs/1", heading: "API call" },
  { name: "logs-admin", address: "/admin/logs/admin", heading: "Admin log" },
  { name: "settings", address: "/admin/settings", heading: "Settings" },
  { name: "webhooks", address: "/admin/webhooks", heading: "Webhooks", isForAdministrators: true },
  { name: "webhook-new", address: "/admin/webhooks/new", heading: "New webhook", isForAdministrators: true },
  { name: "webhook", address: "/admin/webhook?webhook_id=1", heading: "https://receiver.example", isForAdministrators: true },
  { name: "webhook-delete", address: "/admin/webhook/delete?webhook_id=1", heading: "Delete the webhook to https://receiver.example?", isForAdministrators: true },
  { name: "not-found", address: "/admin/nothing", heading: "Not found" },
];

// Pages without a login.
export const OUTSIDE = [
  { name: "front", address: "/", heading: "Hotdesk" },
  { name: "api", address: "/api/v1/", heading: "Hotdesk: JSON API" },
  { name: "panel-login", address: "/admin/login", heading: "Log in" },
  { name: "agent-login", address: "/agc/vicidial.php", heading: "Log in" },
];
