import { defineAsyncComponent } from 'vue'
import StaffListPage from './StaffListPage.vue'
import StaffPage from './StaffPage.vue'
import WorkCodePage from './WorkCodePage.vue'
import WorkCustomerPage from './WorkCustomerPage.vue'
import WorkCustomersPage from './WorkCustomersPage.vue'
import WorkGroupsPage from './WorkGroupsPage.vue'
import WorkNewGroupPage from './WorkNewGroupPage.vue'
import WorkRequestsPage from './WorkRequestsPage.vue'
import WorkTagsPage from './WorkTagsPage.vue'
import WorkTaskPage from './WorkTaskPage.vue'
import WorkTasksPage from './WorkTasksPage.vue'

/** Pages of WeCom. WeCom itself holds pages again, so it is loaded when it is opened. */
export const workPages = {
  work: defineAsyncComponent(() => import('./WorkPage.vue')),
  workCustomers: WorkCustomersPage, workCustomer: WorkCustomerPage, workTags: WorkTagsPage, workRequests: WorkRequestsPage, workCode: WorkCodePage, staff: StaffPage, staffList: StaffListPage,
  workGroups: WorkGroupsPage, workNewGroup: WorkNewGroupPage, workTasks: WorkTasksPage, workTask: WorkTaskPage,
}
