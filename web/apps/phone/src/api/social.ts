/** Friends, groups, Moments and sharing (wechat/sim/docs/social.md). */
import { del, get, post, query, seg, type Message, type Person, type ShareCard } from '../api'

export interface Friend extends Person {
  friend: boolean; remark?: string; tags?: string[]; blocked?: boolean; hide_mine?: boolean; hide_theirs?: boolean
}
export interface FriendDetail extends Friend { pictures: string[] }
export interface FriendAsk { person: Person; hello: string; time: string; state: 'waiting' | 'accepted' | 'expired'; mine: boolean; seen: boolean }
export interface FriendTag { name: string; members: Person[] }

export interface RoomMember { id: string; kind: 'person' | 'staff'; name: string; avatar: string; company?: string; owner?: boolean; admin?: boolean }
export interface RoomRow { id: string; chat_id: string; title: string; avatar: string; company?: string; count: number; saved: boolean; mine: boolean }
export interface Room {
  id: string; chat_id: string; name: string; title: string; avatar: string; company?: string; count: number; members: RoomMember[]; owner: string; rules: boolean
  notice: string; notice_by?: string; notice_at?: string; confirm: boolean; nick: string; saved: boolean; dissolved: boolean; invites: { token: string; by: string; who: string }[]
}
export interface RoomChange { name?: string; notice?: string; confirm?: boolean; nick?: string; saved?: boolean; owner?: string }
export interface RoomQR { text: string; image_url: string; expires: string }

export interface Face { id: string; name: string; avatar: string }
export interface PostLink { title: string; url: string; pic_url?: string }
export interface PostComment { id: string; from: Face; reply_to?: Face; text: string; time: string; mine: boolean }
export interface Post {
  id: string; seq: number; author: Face; company?: string; mine: boolean; text: string; pictures: string[]; video?: string; link?: PostLink; place?: string; time: string
  see?: string; remind?: boolean; liked: boolean; likes: Face[]; comments: PostComment[]
}
export interface NewPost { text: string; pictures?: string[]; link?: PostLink; place?: string; remind?: string[]; see?: 'all' | 'some' | 'except' | 'self'; who?: string[]; tags?: string[] }
export interface MomentMark { unread: number; from?: Face; newest?: Face }
export interface Moments { posts: Post[]; next: number; cover: string; days: number; mark: MomentMark }
export interface Album { owner: Face; posts: Post[]; next: number; cover: string; days: number; friend: boolean }
export interface MomentNotice { kind: 'like' | 'comment' | 'remind'; from: Face; text?: string; time: string; post_id: string; picture?: string; about?: string; read: boolean }
export interface Favourite { id: string; title: string; description?: string; url: string; pic_url?: string; time: string }

/** A bubble of what a company sends. */
export type CardBody =
  | { type: 'text'; text: string } | { type: 'image'; image_url: string } | { type: 'video'; media_url: string }
  | { type: 'link'; title: string; description?: string; url: string; pic_url?: string } | { type: 'miniprogram'; title: string; appid: string; pagepath: string; pic_url?: string }
export interface WorkTask {
  kind: 'message' | 'moment'; id: string; chat_type?: string; text: string; cards: CardBody[]; choose?: boolean; state: 'waiting' | 'done' | 'stopped'; time: string
  targets: { id: string; name: string; avatar: string; status: number }[]; post_id?: string
}

/** The social calls of one phone; `who` is a person, or userid@corpid for the 企业微信 of a member of staff. */
export function socialApi(who: string) {
  const me = `/people/${seg(who)}`
  const room = (id: string) => `${me}/rooms/${seg(id)}`
  const moment = (id: string) => `${me}/moments/${seg(id)}`
  const friend = (id: string) => `${me}/friends/${seg(id)}`
  return {
    friends: () => get<{ people: Friend[]; new_friends: number }>(`${me}/contacts`),
    requests: () => get<{ requests: FriendAsk[] }>(`${me}/friends/requests`),
    requestsSeen: () => post<void>(`${me}/friends/requests/seen`),
    ask: (to: string, hello: string, remark: string, hideMine: boolean) => post<{ state: 'friend' | 'waiting' }>(`${me}/friends/requests`, { to, hello, remark, hide_mine: hideMine }),
    accept: (from: string) => post<Friend>(`${me}/friends/requests/${seg(from)}/accept`),
    friend: (id: string) => get<FriendDetail>(friend(id)),
    change: (id: string, c: { remark?: string; tags?: string[]; blocked?: boolean; hide_mine?: boolean; hide_theirs?: boolean }) => post<Friend>(friend(id), c),
    removeFriend: (id: string) => del(friend(id)),
    tags: () => get<{ tags: FriendTag[] }>(`${me}/friend-tags`),
    rooms: () => get<{ rooms: RoomRow[] }>(`${me}/rooms`),
    makeRoom: (people: string[], name = '') => post<Room>(`${me}/rooms`, { name, people }),
    enter: (token: string) => post<Room>(`${me}/rooms/enter`, { token }),
    room: (id: string) => get<Room>(room(id)),
    changeRoom: (id: string, c: RoomChange) => post<Room>(room(id), c),
    roomQR: (id: string) => get<RoomQR>(`${room(id)}/qr`),
    invite: (id: string, people: string[]) => post<{ joined: string[]; invited: string[]; waiting: string[]; room: Room }>(`${room(id)}/members`, { people }),
    removeMember: (id: string, other: string) => del(`${room(id)}/members/${seg(other)}`),
    decide: (id: string, token: string, yes: boolean) => post<Room>(`${room(id)}/decide`, { token, yes }),
    quit: (id: string) => post<void>(`${room(id)}/quit`),
    dissolve: (id: string) => post<void>(`${room(id)}/dissolve`),
    say: (chatId: string, text: string, at: string[]) => post<Message>(`${me}/chats/${seg(chatId)}/messages`, { text, at }),
    sendPicture: (chatId: string, image_url: string) => post<Message>(`${me}/chats/${seg(chatId)}/messages`, { image_url }),
    upload: (data_url: string) => post<{ url: string }>(`${me}/pictures`, { data_url }),
    moments: (before?: number) => get<Moments>(`${me}/moments${query({ before, limit: 20 })}`),
    mark: () => get<MomentMark>(`${me}/moments/mark`),
    notices: () => get<{ notices: MomentNotice[] }>(`${me}/moments/notices`),
    moment: (id: string) => get<Post>(moment(id)),
    publish: (p: NewPost) => post<Post>(`${me}/moments`, p),
    removePost: (id: string) => del(moment(id)),
    like: (id: string, on: boolean) => post<Post>(`${moment(id)}/like`, { on }),
    comment: (id: string, text: string, replyTo = '') => post<Post>(`${moment(id)}/comments`, { text, reply_to: replyTo }),
    removeComment: (id: string, comment: string) => del(`${moment(id)}/comments/${seg(comment)}`),
    momentSettings: (c: { cover?: string; days?: number }) => post<{ cover: string; days: number }>(`${me}/moments/settings`, c),
    album: (id: string, before?: number) => get<Album>(`${me}/albums/${seg(id)}${query({ before, limit: 20 })}`),
    share: (card: ShareCard, chats: string[], words: string) => post<{ messages: Message[] }>(`${me}/share`, { card, chats, words }),
    keep: (card: ShareCard) => post<Favourite>(`${me}/favourites`, card),
    favourites: () => get<{ favourites: Favourite[] }>(`${me}/favourites`),
    forget: (id: string) => del(`${me}/favourites/${seg(id)}`),
    workTasks: () => get<{ tasks: WorkTask[]; waiting: number }>(`${me}/work-tasks`),
    workCustomers: () => get<{ customers: Face[]; colleagues: Face[] }>(`${me}/work-customers`),
    sendGroupMessage: (id: string, targets: string[]) => post<void>(`${me}/group-messages/${seg(id)}/send`, { targets }),
    publishMoment: (id: string) => post<{ post_id: string }>(`${me}/moment-tasks/${seg(id)}/publish`),
  }
}

/** The social calls of one phone. */
export type SocialApi = ReturnType<typeof socialApi>
