import GroupInfoPage from '../group/GroupInfoPage.vue'
import GroupQRPage from '../group/GroupQRPage.vue'
import GroupsPage from '../group/GroupsPage.vue'
import JoinPage from '../group/JoinPage.vue'
import AlbumPage from '../moments/AlbumPage.vue'
import MomentPage from '../moments/MomentPage.vue'
import MomentsPage from '../moments/MomentsPage.vue'
import NoticesPage from '../moments/NoticesPage.vue'
import PublishPage from '../moments/PublishPage.vue'
import AskFriendPage from './AskFriendPage.vue'
import FavouritesPage from './FavouritesPage.vue'
import FriendSettingsPage from './FriendSettingsPage.vue'
import NewFriendsPage from './NewFriendsPage.vue'
import TagsPage from './TagsPage.vue'

/** The pages of friends, groups and Moments by name (useNav.ts). */
export const socialPages = {
  groups: GroupsPage, groupInfo: GroupInfoPage, groupQR: GroupQRPage, joinGroup: JoinPage, newFriends: NewFriendsPage, friendTags: TagsPage, friendSettings: FriendSettingsPage,
  askFriend: AskFriendPage, favourites: FavouritesPage, moments: MomentsPage, moment: MomentPage, momentNotices: NoticesPage, publish: PublishPage, album: AlbumPage,
}
