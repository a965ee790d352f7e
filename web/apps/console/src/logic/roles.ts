/** The roles a shop gives. */
export const roles = ['owner', 'manager', 'service', 'warehouse', 'cashier'] as const
export type Role = (typeof roles)[number]

/** What a role may be asked for, in the order shown. */
export const permissions = [
  'orders.see', 'orders.ship', 'aftersale.see', 'aftersale.decide', 'aftersale.receive', 'goods.see', 'goods.edit', 'stock.edit', 'goods.import', 'reports.see', 'money.see', 'money.payee',
  'shop.edit', 'staff.manage', 'jobs.see', 'till.use',
] as const
export type PermissionName = (typeof permissions)[number]

/** Who may do what, for people to read; the server's table in internal/domain/staff decides, roles.test.ts compares the two. */
export const grants: Record<Role, readonly PermissionName[]> = {
  owner: permissions,
  manager: permissions.filter((p) => p !== 'staff.manage' && p !== 'money.payee'),
  service: ['orders.see', 'aftersale.see', 'aftersale.decide', 'goods.see'],
  warehouse: ['orders.see', 'orders.ship', 'aftersale.see', 'aftersale.receive', 'goods.see', 'stock.edit'],
  cashier: ['orders.see', 'goods.see', 'till.use'],
}
