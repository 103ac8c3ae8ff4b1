// Every page there is, with what it is called in `docs/screens`.

export const PAGES = [
  { name: "floor", address: "/admin/", heading: "Floor" },
  { name: "phones", address: "/admin/phones", heading: "Phones" },
  { name: "aliases", address: "/admin/aliases", heading: "Aliases" },
  { name: "users", address: "/admin/users", heading: "Users" },
  { name: "user", address: "/admin/user?name=1001&check=add_phone", heading: "1001" },
  { name: "not-found", address: "/admin/nothing", heading: "Not found" },
];
